/**
 * Goes up whenever the same checkpoint and options would give other bytes than before: what an older converter has begun
 * or finished is then not taken for this one's work.
 */
export const CONVERTER_VERSION = '3'
