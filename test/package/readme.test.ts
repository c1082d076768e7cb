import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { DockerControl } from '../../nodes/DockerControl/DockerControl.node';

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
])('every relative link and picture of %s leads to something', (file) => {
	const targets = [...read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) => target);
	const missing = targets.filter((target) => !existsSync(join(root, dirname(file), target)));
	expect(missing).toEqual([]);
});

test('the README lists every operation of Docker Control', () => {
	const { properties } = new DockerControl().description;
	const operations = properties
		.filter(({ name }) => name === 'operation')
		.flatMap(({ options = [] }) => options.map(({ name }) => name));
	const missing = operations.filter((name) => !new RegExp(`\\| [^|]*\\b${name}\\b[^|]* \\|`).test(readme));
	expect(operations.length).toBeGreaterThan(6);
	expect(missing).toEqual([]);
});
