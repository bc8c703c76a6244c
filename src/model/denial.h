/* The words by which the message of ERR_ACCESS_DENIED tells that the key of KMS that the
 * destination encrypts with refuses, and not its bucket. The message crosses from the task that
 * prepares to the command that tells of its execution as text. */
#ifndef COPYOUT_MODEL_DENIAL_H
#define COPYOUT_MODEL_DENIAL_H

#define DENIAL_BY_KMS "the KMS key that the destination encrypts with"

#endif
