import {
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useEffect,
  useId,
  useState,
} from 'react'
import { classes } from './classes.ts'
import styles from './field.module.css'

type FieldProps = {
  label: string
  isStacked?: boolean
  /** A few quiet words under the label, e.g. where a value comes from. */
  origin?: string | undefined
  /** A quiet sentence below. */
  note?: ReactNode
  problem?: ReactNode
  /** Gets the id that ties the control to its label and the id of what describes it. */
  children(ids: { id: string; 'aria-describedby': string | undefined }): ReactNode
}

/** A labelled control with an optional note or problem below it. */
export const Field = ({ label, isStacked = false, origin, note, problem, children }: FieldProps) => {
  const id = useId()
  const noteId = `${id}-note`
  const describedBy = [origin && `${id}-origin`, (note || problem) && noteId].filter(Boolean).join(' ')
  return (
    <div className={classes(styles.field, isStacked && styles.stacked)}>
      <div className={styles.label}>
        <label htmlFor={id}>{label}</label>
        {origin && (
          <span id={`${id}-origin`} className={styles.origin}>
            {origin}
          </span>
        )}
      </div>
      <div className={styles.control}>{children({ id, 'aria-describedby': describedBy || undefined })}</div>
      {(note || problem) && (
        <div id={noteId} className={classes(styles.note, Boolean(problem) && styles.problem)}>
          {problem ?? note}
        </div>
      )}
    </div>
  )
}

export const TextInput = ({
  className,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }) => (
  <input type="text" spellCheck={false} className={classes(styles.input, className)} {...rest} />
)

export const TextArea = ({
  className,
  ...rest
}: TextareaHTMLAttributes<HTMLTextAreaElement> & { ref?: Ref<HTMLTextAreaElement> }) => (
  <textarea className={classes(styles.input, className)} {...rest} />
)

export type Option<Value extends string> = {
  value: Value
  label: string
  isDisabled?: boolean
  /** Options of the same group that follow each other stand below its name. */
  group?: string
}

/** Options side by side that have the same group, or none. */
const optionGroups = <Value extends string>(options: readonly Option<Value>[]) => {
  const groups: { group: string | undefined; options: Option<Value>[] }[] = []
  for (const option of options) {
    const last = groups.at(-1)
    if (last && last.group === option.group) last.options.push(option)
    else groups.push({ group: option.group, options: [option] })
  }
  return groups
}

const optionElement = <Value extends string>({ value, label, isDisabled }: Option<Value>) => (
  <option key={value} value={value} disabled={isDisabled}>
    {label}
  </option>
)

type SelectProps<Value extends string> = Omit<
  SelectHTMLAttributes<HTMLSelectElement>,
  'value' | 'onChange' | 'children'
> & {
  value: Value
  options: readonly Option<Value>[]
  onChoose(value: Value): void
  ref?: Ref<HTMLSelectElement>
}

export const Select = <Value extends string>({ value, options, onChoose, className, ...rest }: SelectProps<Value>) => (
  <select
    className={classes(styles.select, className)}
    value={value}
    onChange={(event) => {
      const chosen = options.find((option) => option.value === event.target.value)
      if (chosen) onChoose(chosen.value)
    }}
    {...rest}
  >
    {optionGroups(options).map(({ group, options: ofGroup }) =>
      group === undefined ? (
        ofGroup.map(optionElement)
      ) : (
        <optgroup key={group} label={group}>
          {ofGroup.map(optionElement)}
        </optgroup>
      ),
    )}
  </select>
)

export const Checkbox = ({ label, ...rest }: InputHTMLAttributes<HTMLInputElement> & { label: ReactNode }) => (
  <label className={styles.check}>
    <input type="checkbox" {...rest} />
    {label}
  </label>
)

type NumberInputProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'value' | 'onChange' | 'min' | 'max'> & {
  value: number | null
  min: number
  max: number
  /** Called when the person is done typing, with a number inside the range; null where the field was emptied. */
  onCommit(value: number | null): void
}

/** A number that is taken over on Enter or when the focus leaves, so that half-typed numbers change nothing. */
export const NumberInput = ({ value, min, max, onCommit, className, ...rest }: NumberInputProps) => {
  const [draft, setDraft] = useState<string | null>(null)
  const commit = (): void => {
    if (draft === null) return
    setDraft(null)
    const parsed = Number(draft.replace(',', '.'))
    if (draft.trim() === '') onCommit(null)
    else if (Number.isFinite(parsed)) onCommit(Math.min(max, Math.max(min, parsed)))
  }
  return (
    <input
      type="text"
      inputMode="decimal"
      className={classes(styles.input, styles.number, className)}
      value={draft ?? (value === null ? '' : String(value))}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && draft !== null) {
          // Takes the number over and nothing else; the form is sent with the next one.
          event.preventDefault()
          commit()
        }
        if (event.key === 'Escape' && draft !== null) {
          event.stopPropagation()
          setDraft(null)
        }
      }}
      {...rest}
    />
  )
}

type RangeInputProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'value' | 'onChange'> & {
  value: number
  onSlide(value: number): void
}

export const RangeInput = ({ value, onSlide, className, ...rest }: RangeInputProps) => (
  <input
    type="range"
    className={classes(styles.range, className)}
    value={value}
    onChange={(event) => onSlide(event.target.valueAsNumber)}
    {...rest}
  />
)

/** Text that is taken over on Enter or when the focus leaves; Esc brings the old text back. */
export const CommittedTextInput = ({
  value,
  onCommit,
  ...rest
}: Omit<InputHTMLAttributes<HTMLInputElement>, 'value' | 'onChange'> & {
  value: string
  onCommit(value: string): void
}) => {
  const [draft, setDraft] = useState(value)
  useEffect(() => setDraft(value), [value])
  return (
    <TextInput
      value={draft}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={() => draft !== value && onCommit(draft)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur()
        if (event.key === 'Escape') {
          event.stopPropagation()
          setDraft(value)
        }
      }}
      {...rest}
    />
  )
}
