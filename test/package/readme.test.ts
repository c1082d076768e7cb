import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { DockerControl } from '../../nodes/DockerControl/DockerControl.node';
import { SiteBackup } from '../../nodes/SiteBackup/SiteBackup.node';

const root = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');

test.each(['compose.yaml', 'haproxy.cfg'])('the README shows the tested %s word for word', (file) => {
	expect(readme).toContain(`\n${read(`docs/compose/${file}`)}\`\`\`\n`);
});

test.each([
	'README.md',
	'CHANGELOG.md',
	'workflows/README.md',
	'workflows/CHANGELOG.md',
	'docs/workflows.md',
	'docs/backups.md',
	'docs/consistency.md',
	'docs/updates.md',
])('every relative link and picture of %s leads to something', (file) => {
	const targets = [...read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) => target);
	const missing = targets.filter((target) => !existsSync(join(root, dirname(file), target)));
	expect(missing).toEqual([]);
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
