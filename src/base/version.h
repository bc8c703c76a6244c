/* The version of the program and of the library. */
#ifndef COPYOUT_BASE_VERSION_H
#define COPYOUT_BASE_VERSION_H

#define COPYOUT_VERSION "0.1.0"

#endif
