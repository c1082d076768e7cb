import { createHash, randomBytes } from 'node:crypto';

import { isGone, ownIdentity, type ProcessIdentity } from '../../shared';

/** Staging places of processes that cannot be asked (other hosts, ended containers) count as left behind after that. */
const abandonedAfterMs = 7 * 24 * 60 * 60_000;
const pattern = /([0-9a-z]+)_([0-9a-f]{6})_([0-9a-z]+)_([0-9a-z]*)_[0-9a-f]{8}$/;

/** What this process fills right now. */
const aliveHere = new Set<string>();

/**
 * The end of the name of a staging place. It is random, so that no two restores share one, and says when and by
 * which process it was made, so that what a killed restore has left can be told from what another one works on.
 * Lower-case letters, digits and `_` only, at most 42 of them.
 */
export function newStagingToken(now = Date.now()): string {
	const self = ownIdentity();
	const seconds = Math.floor(now / 1000).toString(36);
	const start = self.processStart === '' ? '' : Number(self.processStart).toString(36);
	const random = randomBytes(4).toString('hex');
	const token = [seconds, machineOf(self), self.pid.toString(36), start, random].join('_');
	aliveHere.add(token);
	return token;
}

/** To be called when the place is gone, or has become the target. */
export function endStaging(token: string): void {
	aliveHere.delete(token);
}

/** Whether it is certain that nobody works any more on a place whose name ends with a token. */
export function isAbandoned(name: string, now = Date.now()): boolean {
	const [token, seconds = '', machine, pid = '', start = ''] = pattern.exec(name) ?? [];
	if (token === undefined || aliveHere.has(token)) return false;
	if (now - Number.parseInt(seconds, 36) * 1000 > abandonedAfterMs) return true;
	const self = ownIdentity();
	if (machine !== machineOf(self)) return false;
	const number = Number.parseInt(pid, 36);
	// It is none of those this process fills, so it is one it could not remove.
	if (number === self.pid && start === Number(self.processStart).toString(36)) return true;
	const processStart = start === '' ? '' : String(Number.parseInt(start, 36));
	return isGone({ ...self, pid: number, processStart }, self);
}

/** Processes can be compared only where their numbers mean the same. */
function machineOf({ host, bootId, pidNamespace }: ProcessIdentity): string {
	return createHash('sha256').update(`${host}\n${bootId}\n${pidNamespace}`).digest('hex').slice(0, 6);
}
