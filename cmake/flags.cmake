# Warnings and hardening for everything we compile.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wstrict-prototypes
                    -Wmissing-prototypes -Wpointer-arith -Wwrite-strings)
add_compile_definitions(_GNU_SOURCE)
if(COPYOUT_WERROR)
  add_compile_options(-Werror)
endif()

# Every object may become a part of libcopyout, which shows its public functions only.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
add_link_options("$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>" -Wl,-z,relro,-z,now,-z,noexecstack)
add_compile_options(-fstack-protector-strong -fno-strict-overflow)
# Where the compiler and the processor have them. Not -ftrivial-auto-var-init: the unit tests of this
# build run under valgrind, which it would blind.
include(CheckCCompilerFlag)
foreach(flag -fstack-clash-protection -fcf-protection=full)
  string(MAKE_C_IDENTIFIER "COPYOUT_HAS${flag}" has)
  check_c_compiler_flag("-Werror ${flag}" ${has})
  if(${has})
    add_compile_options(${flag})
  endif()
endforeach()
# Debug information in every build: a user's crash is then a useful report. What sanitizers report needs functions and
# lines alone, without which these builds take a sixth less time.
if(COPYOUT_SANITIZE OR COPYOUT_FUZZ)
  add_compile_options(-g1)
else()
  add_compile_options(-g)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT COPYOUT_SANITIZE)
  # NDEBUG stays off: an assert guards our own invariants, and a copy that goes on after one broke
  # is worse than one that stops.
  set(CMAKE_C_FLAGS_RELEASE "-O2")
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()


# The shipped files do not depend on the folder that they are built in: paths in it (of debug information, and of
# assertions) begin at the root of the source. Coverage looks for its sources by their whole paths.
function(copyout_same_bytes target)
  if(NOT COPYOUT_COVERAGE)
    # Of two that fit, the last one counts.
    target_compile_options(${target} PRIVATE -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.
                                             -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)
  endif()
endfunction()

if(COPYOUT_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all
                      -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=address,undefined)
endif()
if(COPYOUT_COVERAGE)
  add_compile_options(--coverage -O0)
  add_link_options(--coverage)
endif()
