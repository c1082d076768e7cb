import type { Scope } from '../../support/scope';
import type { Tell } from '../main';
import { measureReading } from './reading';
import { measureWebhook } from './webhook';

/** How many requests are verified and read in a second, and what the webhook of the node costs beside an empty one. */
export async function measure(scope: Scope, tell: Tell): Promise<object> {
	return { reading: measureReading(tell), webhook: await measureWebhook(scope, tell) };
}
