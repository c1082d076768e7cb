import type { Asked } from '../options';
import { readFault } from './fault';
import { shakeHands, tlsVersions, type TlsVersion } from './handshake';
import { openConnection, type Way } from './open';

/**
 * The versions of TLS that a server takes, each asked for on its own; the newest first.
 *
 * @returns null when it cannot be said of one of them in time
 */
export async function offeredVersions(
	asked: Asked,
	way: Way,
	servername: string | undefined,
	signal: AbortSignal,
): Promise<string[] | null> {
	const answers = await Promise.all(
		tlsVersions.map((version) => isOffered(asked, way, { servername, version }, signal)),
	);
	if (answers.includes(undefined)) return null;
	return tlsVersions.filter((_version, index) => answers[index]);
}

async function isOffered(
	asked: Asked,
	way: Way,
	{ servername, version }: { servername: string | undefined; version: TlsVersion },
	signal: AbortSignal,
): Promise<boolean | undefined> {
	try {
		const { socket, at } = await openConnection(asked, way, signal);
		const handshake = await shakeHands(socket, at, { servername, version, ca: undefined }, signal);
		handshake.socket.destroy();
		return true;
	} catch (thrown) {
		const fault = readFault(thrown);
		if (fault === undefined) throw thrown;
		return fault.code === 'timeout' || fault.code === 'dns_failed' ? undefined : false;
	}
}
