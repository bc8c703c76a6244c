/** What the npm package gives to a CDK app of one's own. */
export { CopyOut } from './copyout.ts';
export { CopyOutStack, type CopyOutStackProps } from './copyout-stack.ts';
export { ElsaDataCopyOutStack, type ElsaDataCopyOutStackProps } from './elsa-data-stack.ts';
export type { ExtraRights } from './extra-rights.ts';
export { imageFromName } from './image.ts';
export type { CopyOutProps, CopyOutSettings } from './props.ts';
export { FAST, USUAL, type Waits } from './times.ts';
