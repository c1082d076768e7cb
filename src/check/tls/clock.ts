import { checkCertificate } from './check-host';
import { inTurn } from './in-turn';
import type { CertificateOptions } from './options';

const mostAsked = 8;
const tolerableMs = 3_600_000;

/** What the clocks of servers are asked for. */
export interface ClockOptions {
	/** Servers whose certificates seem to be out of their time. */
	outOfTime: readonly CertificateOptions[];
	/** Servers whose certificates are in their time by the clock here; where one of these agrees with that, it is right. */
	inTime: readonly CertificateOptions[];
	/** At how many addresses servers must agree; 2 unless given. */
	fewestAddresses?: number | undefined;
}

/** See the door of this folder. */
export async function clockOfServers(options: ClockOptions): Promise<number | undefined> {
	const { outOfTime, inTime, fewestAddresses = 2 } = options;
	const asked = [...outOfTime.slice(0, mostAsked), ...inTime.slice(0, mostAsked)];
	const told = await inTurn(asked, mostAsked, async (one) => {
		const { web, address } = await checkCertificate({
			...one,
			...{
				web: { follow: false },
				eachAddress: false,
				revocation: false,
				requireRevocation: false,
				protocols: false,
			},
		});
		return { address, aheadMs: web?.clockAheadMs ?? null };
	});
	const right = told.slice(Math.min(outOfTime.length, mostAsked));
	const isSmall = (aheadMs: number): boolean => Math.abs(aheadMs) < tolerableMs;
	if (right.some(({ aheadMs }) => aheadMs !== null && isSmall(aheadMs))) return 0;
	// Whoever runs many hosts at one address has one clock.
	const clocks = new Map<string, number>();
	for (const { address, aheadMs } of told)
		if (address !== null && aheadMs !== null) clocks.set(address, aheadMs);
	const ahead = [...clocks.values()].sort((one, other) => one - other);
	const [first, last] = [ahead[0], ahead.at(-1)];
	if (first === undefined || last === undefined) return undefined;
	if (ahead.every(isSmall)) return 0;
	if (ahead.length < fewestAddresses || last - first > tolerableMs) return undefined;
	return ahead[Math.floor(ahead.length / 2)];
}
