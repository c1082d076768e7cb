import type { ParsedEntry } from '../../shared';
import { safeNames } from '../tar/safe-names';

/** A shell script with its arguments. */
export interface Step {
	script: string;
	args: string[];
}

/** Arguments of one program; there is room for far more. */
const linksPerStep = 100;

/** The full stop keeps line breaks at the end of a name. */
const decode = 'decode() { value=$(printf %b "$1."); value=${value%.}; }';

/** Making a link changes the time of its folder, which is set back. */
const linkScript = `set -e; ${decode}
root=$1; shift
while [ $# -gt 0 ]; do
 decode "$1"; link="$root/$value"; decode "$2"; target=$value
 folder=\${link%/*}; time=$(stat -c %Y "$folder")
 ln -s -- "$target" "$link"; chown -h "$3" "$link"; touch -h -d "@$4" "$link" 2>/dev/null || true
 touch -d "@$time" "$folder" 2>/dev/null || true
 shift 4
done`;

const rightsScript = `${decode}; decode "$3"; chmod "$2" "$1/$value"`;

/**
 * What the container engine's untar does not do: it keeps owner, mode and time of the folder it unpacks into; it
 * refuses relative links that lead out of that folder, which are common and harmless; and with a hard link to a
 * setuid file it takes that right away.
 */
export class Afterwork {
	/** Of the root of the archive. */
	root: { owner: string; mode: string; mtimeSeconds: string } | undefined;
	private readonly links: { path: Buffer; target: Buffer; owner: string; mtimeSeconds: string }[] = [];
	private readonly privileged = new Map<string, { mode: string; linked: boolean }>();

	/** Takes note of an entry; false when the engine must not get it. */
	leavesToTheEngine(entry: ParsedEntry): boolean {
		const names = safeNames(entry.path, entry.path);
		const owner = `${entry.uid}:${entry.gid}`;
		const mtimeSeconds = String(Math.floor(entry.mtimeSeconds ?? 0));
		const mode = (entry.mode & 0o7777).toString(8);
		if (entry.type === '5') {
			if (names.length === 0) this.root = { owner, mode, mtimeSeconds };
			return true;
		}
		if (entry.type === '2') {
			if (!climbsOut(names.length - 1, entry.linkTarget)) return true;
			this.links.push({ path: joined(names), target: entry.linkTarget, owner, mtimeSeconds });
			return false;
		}
		if (entry.type === '1') {
			const target = this.privileged.get(keyOf(safeNames(entry.linkTarget, entry.path)));
			if (target) target.linked = true;
		} else if ((entry.mode & 0o6000) !== 0) {
			this.privileged.set(keyOf(names), { mode, linked: false });
		}
		return true;
	}

	/** What is left to do below a folder once the engine has unpacked there. */
	steps(root: string): Step[] {
		const rights = [...this.privileged]
			.filter(([, { linked }]) => linked)
			.map(([key, { mode }]) => ({
				script: rightsScript,
				args: [root, mode, encode(Buffer.from(key, 'latin1'))],
			}));
		const links = this.links.map(({ path, target, owner, mtimeSeconds }) => {
			return [encode(path), encode(target), owner, mtimeSeconds];
		});
		const batches = Array.from({ length: Math.ceil(links.length / linksPerStep) }, (_, index) => ({
			script: linkScript,
			args: [root, ...links.slice(index * linksPerStep, (index + 1) * linksPerStep).flat()],
		}));
		return [...rights, ...batches];
	}
}

/** Whether a link's target, followed by its text alone, leaves the root. */
function climbsOut(depth: number, target: Buffer): boolean {
	if (target[0] === 0x2f) return false;
	let level = depth;
	for (const name of target.toString('latin1').split('/')) {
		if (name === '..') level -= 1;
		else if (name !== '' && name !== '.') level += 1;
		if (level < 0) return true;
	}
	return false;
}

/** Names may be no UTF-8 and arguments of a program are, so they travel in octal. */
function encode(bytes: Buffer): string {
	return [...bytes].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join('');
}

function joined(names: Buffer[]): Buffer {
	return Buffer.from(keyOf(names), 'latin1');
}

const keyOf = (names: Buffer[]): string => names.map((name) => name.toString('latin1')).join('/');
