import { RecordingServer, type Answer, type RecordedRequest } from './recording-server';

export interface SlackMessage {
	channel: string;
	text: string;
}

/**
 * chat.postMessage as https://docs.slack.dev/reference/methods/chat.postMessage describes it: bearer token,
 * mistakes are answered with status 200 and `ok: false`.
 */
export class SlackDouble {
	readonly messages: SlackMessage[] = [];

	private constructor(
		readonly http: RecordingServer,
		private readonly token: string,
		private readonly channels: string[],
	) {}

	static async start(token: string, channels: string[]): Promise<SlackDouble> {
		const http = await RecordingServer.start((request) => double.answer(request));
		const double: SlackDouble = new SlackDouble(http, token, channels);
		return double;
	}

	private answer(request: RecordedRequest): Answer {
		const failed = (error: string): Answer => ({ status: 200, body: { ok: false, error } });
		if (request.path !== '/chat.postMessage') return failed('unknown_method');
		if (request.headers.authorization !== `Bearer ${this.token}`) return failed('invalid_auth');
		const { channel, text } = request.body as Record<string, unknown>;
		if (typeof channel !== 'string' || !this.channels.includes(channel)) return failed('channel_not_found');
		if (typeof text !== 'string' || text === '') return failed('no_text');
		this.messages.push({ channel, text });
		return { status: 200, body: { ok: true, channel, ts: `${this.messages.length}.000100` } };
	}
}
