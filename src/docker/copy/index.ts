export { copyFrom, type CopiedFrom, type CopyFromOptions } from './copy-from';
export { copyTo, type CopyToOptions, type CopyToResult } from './copy-to';
