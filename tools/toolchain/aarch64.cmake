# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Cross-builds the runtime, the driver and their tests for 64-bit Arm Linux with Debian's
# gcc-aarch64-linux-gnu; qemu-user runs the tests. The compiler stays on the build machine.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(W2S_TRIPLE aarch64-linux-gnu)
set(CMAKE_C_COMPILER ${W2S_TRIPLE}-gcc)
set(CMAKE_CXX_COMPILER ${W2S_TRIPLE}-g++)
set(CMAKE_FIND_ROOT_PATH /usr/${W2S_TRIPLE})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/${W2S_TRIPLE}
  -E LD_LIBRARY_PATH=${CMAKE_BINARY_DIR}/sysroot/usr/lib/${W2S_TRIPLE})
# What ./dev fetched besides, for the tests.
list(APPEND CMAKE_FIND_ROOT_PATH ${CMAKE_BINARY_DIR}/sysroot)
