# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of vhost-demo, included by CMakeLists.txt. Beside what the other tests need they need what
# ../../qemu-adapter/small-devices/vhost-demo-module/build.sh makes.

# The programs that play guest and VMM for /dev/vhost-demo.
add_library(vm_vhost_demo_rig STATIC ${CMAKE_CURRENT_LIST_DIR}/vhost-demo-rig.c)
target_include_directories(vm_vhost_demo_rig PUBLIC
	${CMAKE_CURRENT_LIST_DIR} ${PROJECT_SOURCE_DIR}/qemu-adapter/small-devices)
target_link_libraries(vm_vhost_demo_rig PUBLIC vm_check vcrypto_sim vcrypto_small_devices)
foreach(part serve hostile life)
	add_executable(vm_vhost_demo_${part} ${CMAKE_CURRENT_LIST_DIR}/vhost-demo-${part}.c)
	set_target_properties(vm_vhost_demo_${part} PROPERTIES OUTPUT_NAME vhost-demo-${part})
	target_link_libraries(vm_vhost_demo_${part} PRIVATE vm_vhost_demo_rig)
endforeach()

set(vhost_demo ${CMAKE_CURRENT_LIST_DIR}/vhost-demo.sh)
add_small_test(vhost-demo ${vhost_demo} node)
add_small_test(vhost-demo-qemu ${vhost_demo} qemu)
add_small_test(vhost-demo-qemu-alone ${vhost_demo} qemu_alone)
add_small_test(vhost-demo-fallback ${vhost_demo} fallback)
set_tests_properties(vm-small-vhost-demo-qemu-alone vm-small-vhost-demo-fallback PROPERTIES SKIP_RETURN_CODE 77)
# Emulation within emulation takes minutes, so it has a label of its own: ctest -L nested.
add_small_test(vhost-demo-nested ${vhost_demo} nested)
set_tests_properties(vm-small-vhost-demo-nested PROPERTIES LABELS nested TIMEOUT 1200)
