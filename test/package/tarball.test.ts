import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const load = createRequire(__filename);
const root = resolve(__dirname, '../..');

const PACKED_LIMIT_BYTES = 2_000_000;
const UNPACKED_LIMIT_BYTES = 8_000_000;

/** Libraries that cost memory and start-up time: only an operation that needs one may load it. */
const HEAVY_PACKAGES = [
	'@aws-sdk',
	'@supabase',
	'age-encryption',
	'commander',
	'date-holidays',
	'dockerode',
	'ical.js',
	'pg',
	're2js',
	'ssh2',
	'telegraf',
	'tinyld',
	'yaml',
];

const TOP_LEVEL = ['CHANGELOG.md', 'LICENSE', 'README.md', 'index.js', 'package.json'];
const IN_DIST = [
	/^dist\/(nodes|credentials|src)\/[\w./-]+\.(js|d\.ts)$/,
	/^dist\/(nodes|credentials)\/[\w/-]+(\.dark)?\.svg$/,
	/^dist\/nodes\/(\w+)\/\1\.node\.json$/,
	/^dist\/src\/[\w/-]+\.(sql|json)$/,
	/^dist\/workflows\/([a-z0-9-]+\.json|README\.md|CHANGELOG\.md)$/,
];

interface Manifest {
	main: string;
	bin: Record<string, string>;
	n8n: { nodes: string[]; credentials: string[] };
}

interface Packed {
	size: number;
	unpackedSize: number;
	files: Array<{ path: string; mode: number }>;
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

/** Packages below node_modules that a new process has loaded after running this code. */
async function packagesLoadedBy(code: string): Promise<string[]> {
	const script = `
		${code};
		const names = Object.keys(require.cache).flatMap((path) => {
			const [, name] = /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(path) ?? [];
			return name ?? [];
		});
		console.log(JSON.stringify([...new Set(names)]));
	`;
	const { stdout } = await run(process.execPath, ['--eval', script], { cwd: root });
	return JSON.parse(stdout) as string[];
}

const heavy = (names: string[]): string[] =>
	names.filter((name) => HEAVY_PACKAGES.some((entry) => name === entry || name.startsWith(`${entry}/`)));

describe('the packed tarball', () => {
	let packed: Packed;
	let paths: string[];

	beforeAll(async () => {
		const { stdout } = await run('npm', ['pack', '--dry-run', '--json'], { cwd: root });
		[packed] = JSON.parse(stdout) as [Packed];
		paths = packed.files.map(({ path }) => path);
	});

	it('holds the files a user reads and the compiled package, and nothing else', () => {
		const strangers = paths.filter(
			(path) => !TOP_LEVEL.includes(path) && !IN_DIST.some((pattern) => pattern.test(path)),
		);
		expect(strangers).toEqual([]);
		expect(paths).toEqual(expect.arrayContaining(TOP_LEVEL));
		for (const folder of ['nodes', 'credentials', 'src', 'workflows']) {
			expect(paths.filter((path) => path.startsWith(`dist/${folder}/`))).not.toEqual([]);
		}
	});

	it('holds no compiled file whose source is gone', () => {
		const sourceOf = (path: string): string => path.replace(/^dist\//, '').replace(/(\.d\.ts|\.js)$/, '.ts');
		const stale = paths.filter((path) => path.startsWith('dist/') && !existsSync(join(root, sourceOf(path))));
		expect(stale).toEqual([]);
	});

	it('holds every file that package.json names', () => {
		const { main, bin, n8n } = manifest;
		expect(paths).toEqual(
			expect.arrayContaining([main, ...Object.values(bin), ...n8n.nodes, ...n8n.credentials]),
		);
	});

	it('holds a command that a shell can start', () => {
		for (const file of new Set(Object.values(manifest.bin))) {
			expect(readFileSync(join(root, file), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
		}
	});

	it.each(manifest.n8n.nodes)('holds icons for light and dark and a codex n8n reads for %s', (node) => {
		const codexPath = node.replace(/\.js$/, '.json');
		const { icon } = describeNode(node);
		const iconPaths = [icon.light, icon.dark].map((file) => join(dirname(node), file.replace('file:', '')));
		expect(paths).toEqual(expect.arrayContaining([codexPath, ...iconPaths]));
		const codex = JSON.parse(readFileSync(join(root, codexPath), 'utf8')) as Record<string, unknown>;
		// Without a resources object n8n ignores the file without a word.
		expect(codex).toMatchObject({ categories: expect.any(Array), resources: expect.any(Object) });
	});

	it.each(manifest.n8n.credentials)('holds the icons of %s', (credential) => {
		const { icon } = new (exportedClass(credential))();
		const iconPaths = [icon.light, icon.dark].map((file) =>
			join(dirname(credential), file.replace('file:', '')),
		);
		expect(paths).toEqual(expect.arrayContaining(iconPaths));
	});

	it(`stays below ${PACKED_LIMIT_BYTES / 1000} kB packed and ${UNPACKED_LIMIT_BYTES / 1e6} MB unpacked`, () => {
		expect(packed.size).toBeLessThan(PACKED_LIMIT_BYTES);
		expect(packed.unpackedSize).toBeLessThan(UNPACKED_LIMIT_BYTES);
	});
});

describe('loading the package', () => {
	it('loads no area before it is asked for', async () => {
		expect(await packagesLoadedBy(`require('./index.js')`)).toEqual([]);
		const loaded = await packagesLoadedBy(`require('./index.js').shared`);
		expect(heavy(loaded)).toEqual([]);
	});

	it('offers every area it names', async () => {
		const { stdout } = await run(
			process.execPath,
			[
				'--eval',
				`const door = require('./index.js'); for (const area of Object.keys(door)) console.log(area, typeof door[area])`,
			],
			{ cwd: root },
		);
		const lines = stdout.trim().split('\n');
		expect(lines.length).toBeGreaterThan(1);
		for (const line of lines) expect(line).toMatch(/^\w+ object$/);
	});

	it.each([...manifest.n8n.nodes, ...manifest.n8n.credentials])(
		'loads no heavy library with %s',
		async (file) => {
			const before = await packagesLoadedBy(`require('n8n-workflow')`);
			const after = await packagesLoadedBy(`require('n8n-workflow'); require('./${file}')`);
			expect(heavy(after.filter((name) => !before.includes(name)))).toEqual([]);
		},
	);
});

interface WithIcon {
	icon: { light: string; dark: string };
}

function exportedClass(file: string): new () => WithIcon & { description: WithIcon } {
	const [className = ''] = basename(file).split('.');
	const exports = load(join(root, file)) as Record<string, new () => WithIcon & { description: WithIcon }>;
	const found = exports[className];
	if (!found) throw new Error(`${file} does not export ${className}.`);
	return found;
}

const describeNode = (file: string): WithIcon => new (exportedClass(file))().description;
