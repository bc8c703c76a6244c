/* The CRC of two pieces of data, one behind the other, from the CRCs of the two: so the checksum of
 * a whole object is known from those of its parts, whatever the parts are. Pure arithmetic. */
#ifndef COPYOUT_MODEL_OBJECT_CRC_JOIN_H
#define COPYOUT_MODEL_OBJECT_CRC_JOIN_H

#include <stdbool.h>
#include <stdint.h>

#include "model/object/checksum.h"

/* Whether values of the kind can be joined: those of CRC32, CRC32C and CRC64NVME can. */
bool crc_joins(enum checksum kind);
/* The factor by which the CRC of a first piece is to be multiplied when `bytes` bytes follow it. It
 * takes some microseconds, and is the same for all parts of one length. kind: one that joins. */
uint64_t crc_factor(enum checksum kind, uint64_t bytes);
/* The CRC of both pieces. factor: crc_factor() of the second one's length. */
uint64_t crc_join(enum checksum kind, uint64_t first, uint64_t second, uint64_t factor);

#endif
