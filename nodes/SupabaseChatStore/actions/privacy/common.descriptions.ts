import { forOperationsOf } from '../../../shared/fields';

export const forOperations = forOperationsOf('privacy');
