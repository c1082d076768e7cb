import { parseTarget, parseTargets, targetName } from '../../../../src/check';

test.each([
	['shop.example.com', 'shop.example.com:443'],
	['  shop.example.com  ', 'shop.example.com:443'],
	['shop.example.com:8443', 'shop.example.com:8443'],
	['https://shop.example.com', 'shop.example.com:443'],
	['https://shop.example.com:8443/path?a=b#c', 'shop.example.com:8443'],
	['HTTPS://SHOP.Example.com/', 'shop.example.com:443'],
	['https://user:secret@shop.example.com/', 'shop.example.com:443'],
	['shop.example.com.', 'shop.example.com:443'],
	['bücher.example.com', 'xn--bcher-kva.example.com:443'],
	['localhost:5432', 'localhost:5432'],
	['192.0.2.7', '192.0.2.7:443'],
	['192.0.2.7:8443', '192.0.2.7:8443'],
	['[::1]:443', '[::1]:443'],
	['[2001:db8::5]', '[2001:db8::5]:443'],
	['2001:db8::5', '[2001:db8::5]:443'],
	['https://[2001:db8::5]:8443/x', '[2001:db8::5]:8443'],
	['smtp://mail.example.com', 'smtp://mail.example.com:25'],
	['smtp://mail.example.com:587', 'smtp://mail.example.com:587'],
	['imaps://mail.example.com', 'mail.example.com:993'],
	['postgresql://db.example.com', 'postgres://db.example.com:5432'],
	['mysql://db.example.com/shop', 'mysql://db.example.com:3306'],
	['_dmarc.example.com', '_dmarc.example.com:443'],
])('TL-29 "%s" is read as %s', (text, expected) => {
	expect(targetName(parseTarget(text))).toBe(expected);
});

test.each([
	['*.example.com', /behind a wildcard stands no server/],
	['shop.example.com\r\nHost: evil', /that is no host/],
	['shop.example.com\0', /that is no host/],
	['a b', /that is no host/],
	['', /that is no host/],
	['https://', /that is no host/],
	['http://shop.example.com', /there is no certificate behind "http:\/\/"/],
	['ftp://shop.example.com', /"ftp:\/\/" is not known/],
	['shop.example.com:0', /there is no port 0/],
	['shop.example.com:70000', /there is no port 70000/],
	['shop.example.com:https', /that is no host/],
	['[::1', /that is no host/],
	['[shop.example.com]', /that is no host/],
	['300.1.2.3', /that is no host/],
	['-shop.example.com', /that is no host/],
	[`${'a'.repeat(64)}.example.com`, /that is no host/],
	['shop..example.com', /that is no host/],
])('TL-29 %j is refused', (text, message) => {
	expect(() => parseTarget(text)).toThrow(message);
	expect(() => parseTarget(text)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
});

test('TL-29 a password in an address is not repeated', () => {
	expect(() => parseTarget('ftp://user:secret@x')).toThrow(
		expect.not.objectContaining({ message: expect.stringContaining('secret') }),
	);
});

test('TL-29 of 300 names each is taken once, however it is written', () => {
	const names = Array.from({ length: 300 }, (_, index) => `host-${index}.example.com`);
	const many = parseTargets([
		...names,
		'HOST-7.example.com.',
		'https://host-7.example.com/',
		' host-8.example.com:443 ',
	]);
	expect(many).toHaveLength(300);
	expect(parseTargets('a.example.com, b.example.com\r\n\r\nb.example.com:443\n').map(targetName)).toEqual([
		'a.example.com:443',
		'b.example.com:443',
	]);
	expect(() => parseTargets(Array.from({ length: 5001 }, (_, index) => `h${index}`))).toThrow(
		/Split the list|more than/,
	);
});
