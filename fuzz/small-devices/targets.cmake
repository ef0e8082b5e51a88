# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Included by ../CMakeLists.txt: the small virtio devices behind a ring, as two
# more targets like the others.
get_target_property(small_models vcrypto_small_devices VCRYPTO_SOURCES)
get_target_property(small_include vcrypto_small_devices VCRYPTO_INCLUDE)
include_directories(${small_include})
foreach(name caesar virtio-demo)
	set(${name}_sources small-devices/fuzz_${name}.c small-devices/device.c
		ring_driver.c ring_guest.c ${small_models})
	set(${name}_core vcrypto_fuzz_ring)
	set(${name}_quiet small-devices/fuzz_${name}.c small-devices/device.c ring_driver.c
		ring_guest.c)
	list(APPEND targets ${name})
endforeach()
if(VCRYPTO_HAS_LIBFUZZER)
	set_source_files_properties(${small_models} PROPERTIES
		COMPILE_OPTIONS -fno-sanitize-coverage=trace-cmp)
endif()
