# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real clients of /dev/crypto, unchanged, in virtual machines; label "clients". They need all that the tests of
# label "vm" do, and the engine that clients/build-openssl.sh builds, and fail if it is not there.
#
# To be included by ../CMakeLists.txt, after its targets.

set(clients ${CMAKE_CURRENT_LIST_DIR})

foreach(program forking_server forked_contexts)
	add_executable(vm_${program} ${clients}/${program}.c)
	set_target_properties(vm_${program} PROPERTIES OUTPUT_NAME ${program})
	target_include_directories(vm_${program} PRIVATE ${clients}/../programs)
	target_link_libraries(vm_${program} PRIVATE vm_check OpenSSL::Crypto Threads::Threads)
endforeach()

function(add_client_test name)
	add_test(NAME clients-${name} COMMAND ${clients}/client.sh ${ARGN})
	set_tests_properties(clients-${name} PROPERTIES LABELS clients TIMEOUT 300
		ENVIRONMENT "PROGRAMS=${CMAKE_CURRENT_BINARY_DIR}")
endfunction()

add_client_test(engine engine)
add_client_test(files files)
add_client_test(speed speed)
add_client_test(tls tls)
add_client_test(forking-server forking_server --smp 2)
add_client_test(forked-contexts forked_contexts --smp 2)
add_client_test(null-backend --must-fail files --no-device --device virtio-cryptodev-pci,backend=null)
