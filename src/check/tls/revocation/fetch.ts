import { exchange } from '../../probes/http/exchange';
import { leadsInside, zoneOf, type Zone } from '../../probes/network/zone';

export interface FetchContext {
	/** Where the server stands whose certificate it is: nothing further inside is asked on its word. */
	from: Zone;
	/** So many bytes may still be read for the whole path; counted down. */
	budget: { bytes: number };
	signal: AbortSignal;
}

/**
 * What stands at an address that a certificate names.
 *
 * @param mostBytes more is an error
 * @throws NetworkFault, Error
 */
export async function fetchBytes(
	address: string,
	mostBytes: number,
	{ from, budget, signal }: FetchContext,
): Promise<Buffer> {
	const url = new URL(address);
	const answer = await exchange(
		{
			...{ url, method: 'GET', family: 'any', isRedirect: true },
			headers: { Host: url.host, Accept: '*/*', Connection: 'close' },
			mayConnect: (target) => !leadsInside(from, zoneOf(target)),
		},
		signal,
	);
	const { response, socket } = answer;
	const stop = (): void => void socket.destroy();
	signal.addEventListener('abort', stop, { once: true });
	try {
		if (response.statusCode !== 200 || response.body === null)
			throw new Error(`${url.host} answers ${response.statusCode}`);
		const chunks: Buffer[] = [];
		let sizeBytes = 0;
		for await (const chunk of response.body as AsyncIterable<Buffer>) {
			chunks.push(chunk);
			sizeBytes += chunk.length;
			budget.bytes -= chunk.length;
			if (sizeBytes > mostBytes) throw new Error(`${url.host} sends more than ${mostBytes} bytes`);
			if (budget.bytes < 0) throw new Error(`the CAs of the path send more than is read in one check`);
		}
		return Buffer.concat(chunks);
	} finally {
		signal.removeEventListener('abort', stop);
		socket.destroy();
	}
}
