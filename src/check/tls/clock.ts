import { checkCertificate } from './check-host';
import { inTurn } from './in-turn';
import type { CertificateOptions } from './options';

const mostAsked = 5;
const fewestClocks = 2;
const tolerableMs = 3_600_000;

/** See the door of this folder. */
export async function clockOfServers(list: readonly CertificateOptions[]): Promise<number | undefined> {
	const asked = await inTurn(list.slice(0, mostAsked), mostAsked, async (options) => {
		const { web } = await checkCertificate({ ...options, web: true, revocation: false, protocols: false });
		return web?.clockAheadMs ?? undefined;
	});
	const ahead = asked.filter((one) => one !== undefined).sort((one, other) => one - other);
	const [first, last] = [ahead[0], ahead.at(-1)];
	if (first === undefined || last === undefined || ahead.length < fewestClocks) return undefined;
	if (last - first > tolerableMs || Math.abs(first) < tolerableMs) return undefined;
	return ahead[Math.floor(ahead.length / 2)];
}
