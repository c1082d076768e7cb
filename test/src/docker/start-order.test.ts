import { awaitedHealthy, startOrder, type Dependent } from '../../../src/docker/start-order';

function container(name: string, ...dependencies: Dependent['dependencies'][number][]): Dependent {
	return { id: name.repeat(12), name, project: 'shop', service: name, dependencies };
}

const service = (name: string, healthy = false): Dependent['dependencies'][number] => {
	return { on: { service: name }, healthy };
};
const of = (name: string): Dependent['dependencies'][number] => ({ on: { container: name }, healthy: false });

const names = (containers: Dependent[]): string[][] =>
	startOrder(containers).map((level) =>
		level.map((id) => containers.find((one) => one.id === id)?.name ?? ''),
	);

test.each<[string, Dependent[], string[][]]>([
	['nothing', [], []],
	['those that need nothing together', [container('a'), container('b')], [['a', 'b']]],
	[
		'a chain from its end',
		[container('a', service('b')), container('b', service('c')), container('c')],
		[['c'], ['b'], ['a']],
	],
	[
		'two branches beside each other',
		[
			container('d'),
			container('a', service('d')),
			container('b', service('d')),
			container('w', service('a'), service('b')),
		],
		[['d'], ['a', 'b'], ['w']],
	],
	[
		'by name and by the beginning of an id',
		[container('a', of('b'), of('c'.repeat(12))), container('b'), container('c')],
		[['b', 'c'], ['a']],
	],
	['needs outside of the set are nothing to wait for', [container('a', service('mail'))], [['a']]],
	['itself is nothing to wait for', [container('a', service('a'))], [['a']]],
	[
		'a circle together, after what it needs and before what needs it',
		[
			container('x', service('a')),
			container('a', service('b'), service('z')),
			container('b', service('a')),
			container('z'),
		],
		[['z'], ['a', 'b'], ['x']],
	],
])('BK-35: starts %s', (_, containers, levels) => {
	expect(names(containers)).toEqual(levels);
});

test('services of another Compose project are others, whatever their names', () => {
	const other = { ...container('db'), project: 'blog' };
	expect(names([container('web', service('db')), other])).toEqual([['web', 'db']]);
});

test('those that have to be healthy before others start are known', () => {
	const [web, db, mail] = [
		container('web', service('db', true), service('mail')),
		container('db'),
		container('mail'),
	];
	expect([...awaitedHealthy([web, db, mail])]).toEqual([db.id]);
});
