import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { DockerControl } from '../../nodes/DockerControl/DockerControl.node';
import { SiteBackup } from '../../nodes/SiteBackup/SiteBackup.node';

const root = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');

test.each(['compose.yaml', 'haproxy.cfg'])('the README shows the tested %s word for word', (file) => {
	expect(readme).toContain(`\n${read(`docs/compose/${file}`)}\`\`\`\n`);
});

const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
	.filter((path) => path.endsWith('.md'))
	.map((path) => `docs/${path}`);

/** The addresses of the headings of a page, as GitHub makes them from their words. */
const headings = (path: string): string[] =>
	[...read(path).matchAll(/^#+ (.+)$/gm)].map(([, words = '']) =>
		words
			.toLowerCase()
			.replace(/[^\p{L}\p{N}\s_-]/gu, '')
			.replaceAll(' ', '-'),
	);

test.each(['README.md', 'CHANGELOG.md', 'workflows/README.md', 'workflows/CHANGELOG.md', ...pages])(
	'every relative link and picture of %s leads to something, and to a heading that is there',
	(file) => {
		const targets = [...read(file).matchAll(/\]\((?!https?:)([^)#]*)#?([^)]*)\)/g)];
		const missing = targets.filter(([, path = '', heading = '']) => {
			const target = path === '' ? file : join(dirname(file), path);
			if (!existsSync(join(root, target))) return true;
			return heading !== '' && !headings(target).includes(heading);
		});
		expect(missing.map(([link]) => link)).toEqual([]);
	},
);

test('the documentation that nodes and credentials open is a heading of the README', () => {
	const sources = ['nodes', 'credentials'].flatMap((folder) =>
		readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
			.filter((path) => /\.(ts|json)$/.test(path))
			.map((path) => read(`${folder}/${path}`)),
	);
	const opened = sources.flatMap((text) => [...text.matchAll(/n8n-nodes-opsdesk#([\w-]+)/g)]);
	const names = [...new Set(opened.map(([, heading = '']) => heading))];
	expect(names).toContain('connect-n8n-to-docker');
	expect(names.filter((name) => !headings('README.md').includes(name))).toEqual([]);
});

test.each([
	['Docker Control', new DockerControl(), 7],
	['Site Backup', new SiteBackup(), 4],
])('the README lists every operation of %s', (_, { description }, count) => {
	const operations = description.properties
		.filter(({ name }) => name === 'operation')
		.flatMap(({ options = [] }) => options.map(({ name }) => name));
	const missing = operations.filter((name) => !new RegExp(`\\| [^|]*\\b${name}\\b[^|]* \\|`).test(readme));
	expect(operations.length).toBeGreaterThanOrEqual(count);
	expect(missing).toEqual([]);
});
