export { escapeFor, escapeHtml, escapeMarkdown, formats, type Format } from './escape';
export { fillTemplate, type Values } from './fill';
export { seenText } from './markup';
export { optOutWord } from './opt-words';
export { mostCaption, partsOf, written } from './parts';
export { smsSize, type SmsSize } from './sms';
