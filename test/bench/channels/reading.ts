import { receive } from '../../../src/channels';
import { fixture, kindOf, kinds, signedRequest } from '../../src/channels/receive/channels';
import type { Tell } from '../main';

const signingKey = 'a'.repeat(32);

/** Requests with one message of text each that are verified, read and checked in a second, by platform. */
export function measureReading(tell: Tell, durationMs = 2000): Record<string, number> {
	return Object.fromEntries(
		Object.keys(kinds).map((platform) => {
			const channel = kindOf(platform).open({ current: signingKey });
			const request = signedRequest(platform, fixture(platform, 'text').body, signingKey);
			// Before it counts, everything has run often enough to be compiled.
			for (let time = 0; time < 500; time += 1) receive(channel, request);
			const startedAt = performance.now();
			let amount = 0;
			while (performance.now() - startedAt < durationMs) {
				if (receive(channel, request).events.length !== 1) throw new Error(`${platform}: nothing was read.`);
				amount += 1;
			}
			const perSecond = Math.round((amount / (performance.now() - startedAt)) * 1000);
			tell(`${platform}: ${perSecond} requests a second are verified and read`);
			return [platform, perSecond];
		}),
	);
}
