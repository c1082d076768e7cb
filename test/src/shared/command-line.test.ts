import { commandOf } from '../../../src/shared';

test.each([
	['php artisan down', ['php', 'artisan', 'down']],
	['  a \t b\n', ['a', 'b']],
	['["php", "artisan", "it\'s; rm -rf /"]', ['php', 'artisan', "it's; rm -rf /"]],
	[`sh -c "a && b" ''`, ['sh', '-c', 'a && b', '']],
	[`a"b c"d`, ['ab cd']],
	[String.raw`a\ b "c\"d" 'e\f'`, ['a b', 'c"d', String.raw`e\f`]],
	['echo $HOME *.txt | cat > /x; true', ['echo', '$HOME', '*.txt', '|', 'cat', '>', '/x;', 'true']],
])('%j is the program and arguments %j', (text, command) => {
	expect(commandOf(text)).toEqual(command);
});

test.each(['', '   ', '[]', '[1]', '["a"', '[""]', `say "hello`, `say 'hello`, 'a\\', '""'])(
	'%j is no command',
	(text) => {
		expect(commandOf(text)).toBeUndefined();
	},
);
