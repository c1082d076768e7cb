import { forOperationsOf } from '../../../shared/fields';

/** Shows the properties only for the given operations on the engine as a whole. */
export const forOperations = forOperationsOf('system');
