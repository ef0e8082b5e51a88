# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real clients of /dev/crypto, unchanged, in virtual machines; label "clients". They need all that the tests of
# label "vm" do, and the engine that clients/build-openssl.sh builds, and fail if it is not there.
#
# To be included by ../CMakeLists.txt, after its targets.

set(clients ${CMAKE_CURRENT_LIST_DIR})

add_executable(vm_forking_server ${clients}/forking_server.c)
set_target_properties(vm_forking_server PROPERTIES OUTPUT_NAME forking_server)
target_include_directories(vm_forking_server PRIVATE ${clients}/../programs)
target_link_libraries(vm_forking_server PRIVATE vm_check OpenSSL::Crypto)

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
add_client_test(null-backend --must-fail files --no-device --device virtio-cryptodev-pci,backend=null)
