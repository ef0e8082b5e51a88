// SPDX-License-Identifier: GPL-2.0-or-later
/* Stores values in the register of pci-demo, and prints what comes back. */
#include "register.h"

int main(int argc, char **argv)
{
	register_sequence(register_open(argc > 1 ? argv[1] : "/dev/demo"));
	return 0;
}
