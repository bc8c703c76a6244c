/** What jobs may be given beyond plain copies; each right is off unless it is asked for. */
export interface ExtraRights {
  /** "acl" and grants of a job: the role may set the ACL of copies. */
  readonly acl?: boolean;
  /** "objectLock" of a job: the role may read the retention of sources and set that of copies. */
  readonly retention?: boolean;
  /** "objectLock" of a job: the same for legal holds. */
  readonly legalHold?: boolean;
  /** "annotations" of a job: the role may read annotations of sources and attach them to copies. */
  readonly annotations?: boolean;
  /** "thawParams" of a job: the role may restore archived sources, which costs money. */
  readonly restore?: boolean;
}

export type ExtraRight = keyof ExtraRights;

interface Actions {
  /** On sources, where the installation may read. */
  readonly read?: readonly string[];
  /** On destinations, where it may write. */
  readonly write?: readonly string[];
}

/**
 * The actions of each right. Their names are those of the Service Authorization Reference ("Actions, resources, and
 * condition keys for Amazon S3"); which operation asks for which is said by the Amazon S3 API Reference (CopyObject,
 * PutObjectAnnotation, HeadObject). s3:BypassGovernanceRetention is none of them: a copy never shortens a retention.
 */
const ACTIONS: Record<ExtraRight, Actions> = {
  acl: { write: ['s3:PutObjectAcl'] },
  retention: { read: ['s3:GetObjectRetention'], write: ['s3:PutObjectRetention'] },
  legalHold: { read: ['s3:GetObjectLegalHold'], write: ['s3:PutObjectLegalHold'] },
  annotations: {
    read: [
      's3:GetObjectAnnotation',
      's3:GetObjectVersionAnnotation',
      's3:ListObjectAnnotations',
      's3:ListObjectVersionAnnotations',
    ],
    // Where annotations are required, a job asks which of them a copy has already.
    write: ['s3:ListObjectAnnotations', 's3:PutObjectAnnotation'],
  },
  restore: { read: ['s3:RestoreObject'] },
};

/** All that can be asked for, by name. */
export const EXTRA_RIGHTS = Object.keys(ACTIONS) as ExtraRight[];

/** The names of those that were asked for. */
export function extraRightsOf(rights: ExtraRights | undefined): ExtraRight[] {
  return EXTRA_RIGHTS.filter(right => rights?.[right]);
}

/** Their actions, on sources (`read`) or on destinations (`write`). */
export function extraActions(rights: ExtraRights | undefined, on: keyof Actions): string[] {
  return extraRightsOf(rights).flatMap(right => ACTIONS[right][on] ?? []);
}

/**
 * COPYOUT_EXTRA_RIGHTS: Prepare refuses a job that asks for something whose right is not among these, before anything
 * is copied.
 */
export function extraRightsText(rights: ExtraRights | undefined): string {
  return extraRightsOf(rights).join(',') || 'none';
}
