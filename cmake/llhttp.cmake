# llhttp, the HTTP parser of Node.js. Debian's package node-llhttp has its C sources and no library, so
# that they are compiled here, from the package's own files: its security updates come with a new build.
# Their warnings are not ours to heed.
find_path(LLHTTP_INCLUDE_DIR llhttp.h PATHS /usr/share/include/llhttp /usr/include/llhttp REQUIRED)
find_path(LLHTTP_SOURCE_DIR llhttp.c PATHS /usr/share/llhttp REQUIRED)
add_library(llhttp STATIC ${LLHTTP_SOURCE_DIR}/api.c ${LLHTTP_SOURCE_DIR}/http.c
                          ${LLHTTP_SOURCE_DIR}/llhttp.c)
copyout_same_bytes(llhttp)
target_include_directories(llhttp SYSTEM PUBLIC ${LLHTTP_INCLUDE_DIR})
target_compile_options(llhttp PRIVATE -w)
# Strict: no space in the name of a header, no line that ends in a bare LF or CR, and more of the kind.
target_compile_definitions(llhttp PUBLIC LLHTTP_STRICT_MODE=1)
