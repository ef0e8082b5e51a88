#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: test-secure-boot.py FOLDER QEMU

Boots the system with the packages, which test.sh has left, under Secure Boot, and enrols DKMS's key.

FOLDER: test.sh's.  QEMU: one with our device.  The firmware, Debian's shim and its GRUB come from the archive of packages,
unpacked, not installed.  The first start refuses the module and hands the key in (in-secure-boot.sh), the second asks
for it at the console, where this program types what a user would; the third has the module.  The disk stays as it is.
VM_PATIENCE=N makes the time-out N times as long.  Exit status: 77 if this machine cannot, and it says why.
"""
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

SECONDS = 900 * int(os.environ.get("VM_PATIENCE", "1"))
PACKAGES = ["ovmf", "shim-signed", "shim-helpers-amd64-signed", "grub-efi-amd64-signed"]
GRUB = """\
linux /vmlinuz root=LABEL=packages rw console=ttyS0 panic=-1 init=/lib/systemd/systemd \
systemd.run=/root/in-secure-boot.sh
initrd /initrd
boot
"""
DOWN, ENTER = b"\x1b[B", b"\r"
# What stands on the screen, and what is typed then.
ENROLMENT = [
    (b"Press any key", [ENTER]),
    (b"Enroll MOK", [DOWN, ENTER]),
    (b"Continue", [DOWN, ENTER]),
    (b"Yes", [DOWN, ENTER]),
    (b"assword", [b"enrolment" + ENTER]),
    (b"Reboot", [ENTER]),
]


def step(text):
    print("packaging/test-secure-boot.py:", text, flush=True)


def skip(text):
    print("SKIP:", text)
    sys.exit(77)


def unpack(work):
    """The firmware and what it starts, in work/files."""
    for command in ["mformat", "mcopy"]:
        if not shutil.which(command):
            skip("install the package mtools")
    # Without a right to write here apt would complain of its own user.
    if subprocess.run(["apt-get", "download", "-qq", *PACKAGES], cwd=work, capture_output=True).returncode:
        skip("apt could not get " + ", ".join(PACKAGES))
    for package in work.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, work / "files"], check=True)
    return work / "files/usr"


def make_start(work, folder, files):
    """What stands on a disk of Debian's for the firmware: shim, its key manager, GRUB, here with the kernel."""
    image = work / "start"
    (work / "grub.cfg").write_text(GRUB)
    with open(image, "wb") as file:
        file.truncate(128 << 20)
    subprocess.run(["mformat", "-i", image, "-F", "::"], check=True)
    subprocess.run(["mmd", "-i", image, "::/EFI", "::/EFI/BOOT", "::/EFI/debian"], check=True)
    for source, name in [
        (files / "lib/shim/shimx64.efi.signed", "EFI/BOOT/BOOTX64.EFI"),
        (files / "lib/shim/mmx64.efi.signed", "EFI/BOOT/mmx64.efi"),
        (files / "lib/grub/x86_64-efi-signed/grubx64.efi.signed", "EFI/BOOT/grubx64.efi"),
        (work / "grub.cfg", "EFI/debian/grub.cfg"),
        (folder / "vmlinuz", "vmlinuz"),
        (folder / "initrd", "initrd"),
    ]:
        subprocess.run(["mcopy", "-i", image, source, "::/" + name], check=True)
    return image


def command(qemu, work, folder):
    files = unpack(work)
    firmware = files / "share/OVMF"
    shutil.copy(firmware / "OVMF_VARS_4M.ms.fd", work / "variables")
    # Its variables may be written by the firmware alone, in system management mode.
    return [
        qemu, *"-machine q35,smm=on -accel tcg -cpu max -smp 2 -m 1024".split(),
        *"-nodefaults -no-user-config -display none -nic none".split(),
        *"-global driver=cfi.pflash01,property=secure,value=on -global ICH9-LPC.disable_s3=1".split(),
        "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={firmware}/OVMF_CODE_4M.secboot.fd",
        "-drive", f"if=pflash,format=raw,unit=1,file={work}/variables",
        "-drive", f"if=none,id=start,format=raw,snapshot=on,file={make_start(work, folder, files)}",
        "-drive", f"if=none,id=root,format=raw,snapshot=on,file={folder}/disk",
        "-device", "ide-hd,drive=start,bus=ide.0,bootindex=0", "-device", "ide-hd,drive=root,bus=ide.1",
        "-device", "virtio-rng-pci", "-device", "virtio-cryptodev-pci",
        "-serial", "stdio", "-serial", f"file:{work}/said",
    ]


class Console:
    def __init__(self, arguments):
        self.machine = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.seen = b""
        self.end = time.monotonic() + SECONDS

    def read(self):
        """Takes what comes; False at the end."""
        output = self.machine.stdout.fileno()
        left = self.end - time.monotonic()
        if left <= 0 or not select.select([output], [], [], left)[0]:
            self.machine.kill()
            print(f"nothing more in {SECONDS} s")
            return False
        got = os.read(output, 65536)
        self.seen += got
        return bool(got)

    def type(self, keys):
        # The menu takes a key when it has been drawn, which cannot be seen.
        for key in keys:
            time.sleep(1.5)
            self.machine.stdin.write(key)
            self.machine.stdin.flush()

    def enrol(self):
        for text, keys in ENROLMENT:
            while (at := self.seen.find(text)) < 0:
                if not self.read():
                    print(f"the console does not say '{text.decode()}'")
                    return
            self.seen = self.seen[at + len(text):]
            self.type(keys)

    def run(self):
        self.enrol()
        while self.read():
            pass
        self.machine.wait()


def main():
    folder, qemu = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    if not os.access(qemu, os.X_OK):
        skip(f"there is no {qemu}: qemu-adapter/build-qemu.sh makes it")
    if not (folder / "disk").exists():
        skip(f"there is no {folder}/disk: packaging/test.sh makes it")
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        arguments = command(qemu, work, folder)
        step("booting, three times")
        Console(arguments).run()
        said = (work / "said").read_text(errors="replace") if (work / "said").exists() else ""
    # The firmware draws on this line, too.
    print(*(line for line in said.splitlines() if line.isascii() and line.isprintable()), sep="\n")
    if "is refused" not in said or "status 0" not in said:
        sys.exit("FAIL: the module is not refused without its key and taken with it")


if __name__ == "__main__":
    if sys.argv[1:] in (["-h"], ["--help"]):
        sys.exit(print(__doc__))
    if len(sys.argv) != 3:
        print("usage: test-secure-boot.py FOLDER QEMU (--help explains)", file=sys.stderr)
        sys.exit(2)
    main()
