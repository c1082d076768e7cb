import { parseChecks, soundTargetsOf, targetsOf } from '../../../../src/check';

const tcp = (name: string, ...dependsOn: string[]) => ({
	...{ name, type: 'tcp', host: '127.0.0.1', port: 9, dependsOn },
});
const sound = (...lists: object[][]) => {
	const { targets, faults } = soundTargetsOf({ checks: lists.flatMap((list) => parseChecks(list)) });
	return {
		keys: targets.map(({ key, parents }) => [key, ...parents].join(' < ')),
		faults: faults.map(({ keys, error }) => [error.message, ...keys]),
	};
};

test('a parent that does not exist keeps no other check from being made, nor what depends on the faulty one', () => {
	const list = [tcp('Front'), tcp('Shop', 'Fornt'), tcp('Basket', 'Shop', 'Front')];
	expect(sound(list)).toEqual({
		keys: ['Front', 'Basket < Front'],
		faults: [['The check "Shop" depends on "Fornt", and there is no check of this name.', 'Shop']],
	});
	expect(() => targetsOf({ checks: parseChecks(list) })).toThrow(/"Fornt"/);
});

test('of a circle only those in it are left out', () => {
	expect(sound([tcp('a', 'b'), tcp('b', 'a'), tcp('behind', 'b'), tcp('Front')])).toEqual({
		keys: ['Front', 'behind'],
		faults: [['These checks depend on each other in a circle: "a", "b".', 'a', 'b']],
	});
});

test('of two different checks of one name neither is made, and of what stands there twice alike one', () => {
	const other = { ...tcp('Front'), port: 10 };
	expect(sound([tcp('Front'), tcp('Shop', 'Front')], [other, tcp('Shop', 'Front')])).toEqual({
		keys: ['Shop'],
		faults: [['There are two different checks called "Front".', 'Front']],
	});
});
