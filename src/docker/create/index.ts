export { createContainer, type CreateOptions, type CreateResult } from './create';
export type { NewContainerInput } from './definition';
