import { RecordingServer, type Answer, type RecordedRequest } from './recording-server';

export interface PagerDutyEvent {
	event_action: string;
	dedup_key?: string;
	links?: { href: string; text: string }[];
	payload: { summary: string; source: string; severity: string; custom_details?: Record<string, unknown> };
}

/**
 * POST /v2/enqueue of the Events API v2 as https://developer.pagerduty.com/docs/events-api-v2-overview describes
 * it: a routing key of 32 characters in the body, 202 when accepted, 400 with the errors otherwise.
 */
export class PagerDutyDouble {
	readonly events: PagerDutyEvent[] = [];

	private constructor(
		readonly http: RecordingServer,
		private readonly routingKey: string,
	) {}

	/** Address to use as the API's base. */
	get url(): string {
		return `${this.http.url}/v2`;
	}

	static async start(routingKey: string): Promise<PagerDutyDouble> {
		const http = await RecordingServer.start((request) => double.answer(request));
		const double: PagerDutyDouble = new PagerDutyDouble(http, routingKey);
		return double;
	}

	private answer(request: RecordedRequest): Answer {
		const { routing_key: routingKey, ...event } = request.body as PagerDutyEvent & { routing_key?: string };
		const errors = [
			...(request.path === '/v2/enqueue' ? [] : ['no such path']),
			...(routingKey?.length === 32
				? []
				: ["Length of 'routing_key' is incorrect (should be 32 characters)"]),
			...(['trigger', 'acknowledge', 'resolve'].includes(event.event_action)
				? []
				: ["'event_action' is invalid"]),
			...(event.payload.summary.length <= 1024 ? [] : ["'payload.summary' is too long"]),
			...((event.dedup_key ?? '').length <= 255 ? [] : ["'dedup_key' is too long"]),
			...(['critical', 'error', 'warning', 'info'].includes(event.payload.severity)
				? []
				: ["'payload.severity' is invalid"]),
			...(event.payload.source === '' ? ["'payload.source' is missing or blank"] : []),
			...(event.event_action !== 'trigger' && !event.dedup_key ? ["'dedup_key' is missing or blank"] : []),
		];
		if (errors.length > 0) {
			return { status: 400, body: { status: 'invalid event', message: 'Event object is invalid', errors } };
		}
		if (routingKey !== this.routingKey) return { status: 403, body: { status: 'forbidden' } };
		this.events.push(event);
		return {
			status: 202,
			body: { status: 'success', message: 'Event processed', dedup_key: event.dedup_key },
		};
	}
}
