import type { ChannelEventKind } from '../../src/channels';
import { OpsdeskError, wholeNumber } from '../../src/shared';
import type { TriggerFunctions } from '../shared/store/stores';
import { asList, asText } from '../shared/values';

export interface TriggerParameters {
	platform: string;
	events: ChannelEventKind[];
	storesMessages: boolean;
	includesRaw: boolean;
	/** Without a question mark; undefined: the address that n8n knows. */
	publicUrl: string | undefined;
	maxBytes: number;
	atOnce: number;
	/** Events that one run takes. */
	perRun: number;
	/** Id of the workflow that stored messages of clients are left to; undefined: this one. */
	clientsTo: string | undefined;
}

/** @throws OpsdeskError `invalid_input` naming the field */
export function triggerParameters(context: TriggerFunctions): TriggerParameters {
	const settings = context.getNodeParameter('settings', {}) as Record<string, unknown>;
	const { maxKilobytes = 1024, atOnce = 10, perRun = 1, raw = true } = settings;
	const events = asList(context.getNodeParameter('events', [])) as ChannelEventKind[];
	if (events.length === 0) {
		throw new OpsdeskError(
			'invalid_input',
			'"Events" is empty, so nothing would start the workflow.',
			'Choose at least one.',
		);
	}
	const storesMessages = context.getNodeParameter('storeMessages', false) === true;
	return {
		platform: asText(context.getNodeParameter('platform')),
		events,
		storesMessages,
		includesRaw: raw !== false,
		publicUrl: publicUrlOf(settings['publicUrl']),
		maxBytes: wholeNumber('Size Limit (kB)', maxKilobytes, 1, 16_384) * 1024,
		atOnce: wholeNumber('Executions at Once', atOnce, 1, 500),
		perRun: wholeNumber('Events Per Execution', perRun, 1, 100),
		clientsTo: storesMessages ? chosenWorkflow(context.getNodeParameter('clientsTo', '')) : undefined,
	};
}

/** As the list of workflows gives it, or an expression. */
function chosenWorkflow(value: unknown): string | undefined {
	const isChoice = typeof value === 'object' && value !== null && 'value' in value;
	return asText(isChoice ? value.value : value) || undefined;
}

function publicUrlOf(value: unknown): string | undefined {
	const text = asText(value);
	if (text === '') return undefined;
	if (URL.canParse(text) && /^https?:\/\/[^?#]+$/i.test(text)) return text;
	throw new OpsdeskError(
		'invalid_input',
		'"Public URL" is no address of the form https://hooks.example.com/path.',
		'Enter it as it stands at the platform, without what follows "?".',
	);
}
