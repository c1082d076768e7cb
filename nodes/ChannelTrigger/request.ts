import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import type { ServerResponse } from 'node:http';

import type * as Channels from '../../src/channels';
import type { TriggerParameters } from './parameters';

/** n8n's request, which reads its body only when it is asked to. */
interface N8nRequest {
	method: string;
	headers: Channels.InboundRequest['headers'];
	originalUrl?: string;
	rawBody?: Buffer;
	readRawBody?: () => Promise<void>;
}

/** The request as the platform has sent it; its body is not read when it says itself that it is too long. */
export async function requestOf(
	context: IWebhookFunctions,
	channels: typeof Channels,
	{ publicUrl, maxBytes }: TriggerParameters,
): Promise<Channels.InboundRequest> {
	const request = context.getRequestObject() as unknown as N8nRequest;
	const { method, headers, originalUrl = '' } = request;
	const question = originalUrl.indexOf('?');
	const address = publicUrl ?? context.getNodeWebhookUrl('default') ?? '';
	const inbound = {
		method,
		headers,
		query: context.getQueryData() as IDataObject,
		publicUrl: question < 0 ? address : address + originalUrl.slice(question),
	};
	if (method !== 'POST' || channels.isTooLong(inbound, maxBytes))
		return { ...inbound, body: Buffer.alloc(0) };
	const isRead = await (request.readRawBody?.() ?? Promise.resolve()).then(
		() => true,
		(thrown: unknown) => {
			if ((thrown as { type?: unknown }).type === 'entity.too.large') return false;
			throw thrown;
		},
	);
	// n8n has a limit of its own.
	if (!isRead)
		return { ...inbound, headers: { ...headers, 'content-length': 'Infinity' }, body: Buffer.alloc(0) };
	return { ...inbound, body: request.rawBody ?? Buffer.alloc(0) };
}

/** Whatever it says, no browser makes a page of it. */
export function respond(context: IWebhookFunctions, { status, contentType, body }: Channels.Answer): void {
	const response = context.getResponseObject() as unknown as ServerResponse;
	response.writeHead(status, {
		'content-type': contentType,
		'x-content-type-options': 'nosniff',
		// The rest of a body that is too long is not waited for.
		...(status === 413 && { connection: 'close' }),
	});
	response.end(body);
}
