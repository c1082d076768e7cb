import type * as Channels from '../../src/channels';
import type { Ready } from './channel-run';

let batches: Channels.Batches<Ready> | undefined;

/** Those of this process: the triggers of all workflows know the same ones. */
export function channelBatches(channels: typeof Channels): Channels.Batches<Ready> {
	return (batches ??= new channels.Batches<Ready>());
}
