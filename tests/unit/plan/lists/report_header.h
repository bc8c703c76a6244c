/* The header of a report, which the layer of plan cannot see: a test of integration reads a report
 * of the program. */
#ifndef COPYOUT_TESTS_REPORT_HEADER_H
#define COPYOUT_TESTS_REPORT_HEADER_H

#define REPORT_CSV_HEADER                                        \
    "name,status,bytes,seconds,MB/s,message,source,destination," \
    "sourceVersion,destinationVersion\r\n"

#endif
