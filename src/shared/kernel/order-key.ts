import { generateKeyBetween, generateNKeysBetween } from 'fractional-indexing'
import { z } from 'zod'
import type { Branded } from './ids.ts'

/**
 * Place of a record among its siblings: keys compare as plain strings, and a new key fits between any two, so that
 * inserting or moving one record changes that record alone.
 */
export type OrderKey = Branded<string, 'OrderKey'>
export const orderKeySchema = z
  .string()
  .regex(/^[0-9A-Za-z]{1,400}$/)
  .transform((key) => key as OrderKey)

export const orderKeyBetween = (before: OrderKey | null, after: OrderKey | null): OrderKey =>
  generateKeyBetween(before, after) as OrderKey

export const orderKeysBetween = (before: OrderKey | null, after: OrderKey | null, count: number): OrderKey[] =>
  generateNKeysBetween(before, after, count) as OrderKey[]

export const compareOrder = (left: { order: OrderKey }, right: { order: OrderKey }): number =>
  left.order < right.order ? -1 : left.order > right.order ? 1 : 0
