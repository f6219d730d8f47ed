# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What the compiler links programs with, in a folder for each target: executables static/ with a C
# library (musl: find_path looks where Debian has it) or dynamic/ for the system's; envoy/ its modules.
set(W2S_KITS ${CMAKE_BINARY_DIR}/lib/wasm2so/${W2S_ARTIFACT})
set(W2S_SYSROOT ${CMAKE_BINARY_DIR}/sysroot) # what ./dev unpacked for another machine
find_path(W2S_MUSL_INCLUDE stdio_ext.h PATHS /usr/include/${W2S_RT_ARCH}-linux-musl
  ${W2S_SYSROOT}/usr/include/${W2S_RT_ARCH}-linux-musl
  NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
find_path(W2S_MUSL_LIB crt1.o PATHS /usr/lib/${W2S_RT_ARCH}-linux-musl
  ${W2S_SYSROOT}/usr/lib/${W2S_RT_ARCH}-linux-musl
  NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)

# w2s_kit(NAME LIBRARY ...): libLIBRARY.a, built with OPTIONS, and FILES beside it.
function(w2s_kit name library)
  cmake_parse_arguments(kit "" "" "FILES;SOURCES;OPTIONS" ${ARGN})
  set(target ${library}_${name})
  add_library(${target} STATIC ${W2S_RT_SOURCES} ${kit_SOURCES})
  target_compile_options(${target} PRIVATE -Os -g0 -ffunction-sections -fdata-sections
    -fasynchronous-unwind-tables ${kit_OPTIONS})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${library}
    ARCHIVE_OUTPUT_DIRECTORY ${W2S_KITS}/${name})
  foreach(file libgcc.a libgcc_eh.a)
    execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=${file}
      OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(EXISTS "${path}")
      list(APPEND kit_FILES ${path})
    endif()
  endforeach()
  file(COPY ${kit_FILES} DESTINATION ${W2S_KITS}/${name})
  install(DIRECTORY ${W2S_KITS}/${name} DESTINATION ${CMAKE_INSTALL_LIBDIR}/wasm2so/${W2S_ARTIFACT})
endfunction()

# The adapter that makes a proxy-wasm filter a dynamic module of Envoy.
set(W2S_ENVOY_SOURCES
  envoy/module.c
  envoy/vm.c
  envoy/call.c
  envoy/functions.c
  envoy/stream.c
  envoy/hooks.c
  envoy/context.c
  envoy/log.c
  envoy/map.c
  envoy/header.c
  envoy/buffer.c
  envoy/control.c
  envoy/property.c
  envoy/metric.c
  envoy/shared.c
  envoy/callout.c
  envoy/grpc.c
  envoy/grpc_answer.c
  envoy/grpc_hooks.c
  envoy/errand.c
  envoy/timer.c
)

if(NOT W2S_SANITIZE AND NOT W2S_FUZZ)
  w2s_kit(dynamic wasm2so_exe SOURCES exe/main.c exe/first_process.c ${W2S_RT_COLLECTOR}
    OPTIONS -fPIE -DW2S_EXECUTABLE)
  w2s_kit(envoy wasm2so_envoy SOURCES ${W2S_ENVOY_SOURCES} ${W2S_RT_COLLECTOR} OPTIONS -O2 -fPIC)
  if(W2S_GC_INCLUDE)
    target_include_directories(wasm2so_exe_dynamic SYSTEM PRIVATE ${W2S_GC_INCLUDE})
    target_include_directories(wasm2so_envoy_envoy SYSTEM PRIVATE ${W2S_GC_INCLUDE})
  endif()
  if(W2S_MUSL_INCLUDE AND W2S_MUSL_LIB)
    execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=include
      OUTPUT_VARIABLE W2S_CC_INCLUDE OUTPUT_STRIP_TRAILING_WHITESPACE)
    w2s_kit(static wasm2so_exe
      SOURCES exe/main.c exe/first_process.c exe/find_object.c collector_none.c
      OPTIONS -fno-pie -DW2S_EXECUTABLE -nostdinc "SHELL:-isystem ${W2S_MUSL_INCLUDE}"
        "SHELL:-isystem ${W2S_CC_INCLUDE}" "SHELL:-idirafter /usr/include/${W2S_ARTIFACT}"
        "SHELL:-idirafter /usr/${W2S_ARTIFACT}/include" "SHELL:-idirafter /usr/include" # the kernel's
      FILES ${W2S_MUSL_LIB}/crt1.o ${W2S_MUSL_LIB}/crti.o ${W2S_MUSL_LIB}/crtn.o
        ${W2S_MUSL_LIB}/libc.a)
  endif()
endif()
