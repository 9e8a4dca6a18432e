import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { type InstructOption, knownInstruct } from '../../../shared/render/index.ts'
import { useStudio, useT } from '../../state/index.ts'
import { classes, Icon, OneLine } from '../../ui/index.ts'
import styles from './instruct-picker.module.css'
import {
  choiceAfterKey,
  directionName,
  type InstructChoice,
  type InstructGroup,
  instructGroups,
  recentInstructs,
  typeAhead,
} from './instruct-picker-view.ts'

const RECENTS = 6
const NOTHING_TYPED = { typed: '', atMs: 0 }

const isLetter = ({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean =>
  [...key].length === 1 && key !== ' ' && !ctrlKey && !metaKey && !altKey

type ChoiceProps = {
  choice: InstructChoice
  id: string
  isActive: boolean
  isSelected: boolean
  onChoose(choice: InstructChoice): void
  onPoint(): void
}

const Choice = ({ choice, id, isActive, isSelected, onChoose, onPoint }: ChoiceProps) => {
  const shown = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (isActive) shown.current?.scrollIntoView({ block: 'nearest' })
  }, [isActive])
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the combobox keeps the focus and names the active choice
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the combobox's
    <div
      ref={shown}
      id={id}
      role="option"
      aria-selected={isSelected}
      className={classes(styles.choice, isActive && styles.active)}
      title={choice.text ?? undefined}
      onClick={() => onChoose(choice)}
      onPointerMove={({ movementX, movementY }) => {
        // A list that scrolls under a resting pointer is not pointing.
        if (movementX !== 0 || movementY !== 0) onPoint()
      }}
    >
      <OneLine>{choice.label}</OneLine>
      {isSelected && <Icon name="check" />}
    </div>
  )
}

/** What the list offers while it is open. */
type Offer = {
  first: InstructChoice
  groups: readonly InstructGroup[]
  /** All of them, as the keys walk through them. */
  choices: readonly InstructChoice[]
}

type PopupProps = {
  listId: string
  offer: Offer
  index: number
  /** Of the choice that holds, -1 for none. */
  chosenIndex: number
  onChoose(choice: InstructChoice): void
  onPoint(index: number): void
}

const Popup = ({ listId, offer: { first, groups, choices }, index, chosenIndex, onChoose, onPoint }: PopupProps) => {
  const t = useT()
  const popup = useRef<HTMLDivElement>(null)
  // In the top layer, or the panel that scrolls would cut it off.
  useEffect(() => popup.current?.showPopover(), [])
  const shown = (choice: InstructChoice) => {
    const at = choices.indexOf(choice)
    return (
      <Choice
        key={choice.key}
        choice={choice}
        id={`${listId}-${at}`}
        isActive={at === index}
        isSelected={at === chosenIndex}
        onChoose={onChoose}
        onPoint={() => onPoint(at)}
      />
    )
  }
  return (
    <div
      ref={popup}
      id={listId}
      role="listbox"
      aria-label={t('instruct.choose')}
      popover="manual"
      className={styles.popup}
      data-testid="instruct-choices"
      // A press in the list must not take the focus away from the combobox, which would close the list.
      onPointerDown={(event) => event.preventDefault()}
      onMouseDown={(event) => event.preventDefault()}
    >
      {shown(first)}
      {groups.map((group, at) => (
        // biome-ignore lint/a11y/useSemanticElements: a group of options, which fieldset is not
        <div key={group.label} role="group" aria-labelledby={`${listId}-group-${at}`}>
          <div id={`${listId}-group-${at}`} role="presentation" className={styles.group}>
            {group.label}
          </div>
          {group.choices.map(shown)}
        </div>
      ))}
    </div>
  )
}

type InstructPickerProps = {
  /** What is offered. */
  instructs: readonly InstructOption[]
  /** Whatever has a name, offered or not. */
  known: readonly InstructOption[]
  /** Whether a direction is followed by the voice that is chosen. */
  isTaken(text: string): boolean
  /** What is said at this level; null where nothing is, or where several lines differ. */
  text: string | null
  isMixed: boolean
  /** The choice of saying nothing here, in words. */
  noneLabel: string
  isDisabled: boolean
  onChoose(text: string | null): void
}

/** Chooses a direction by its name: a select-only combobox, as the WAI-ARIA practices describe it. */
export const InstructPicker = ({
  instructs,
  known,
  isTaken,
  text,
  isMixed,
  noneLabel,
  isDisabled,
  onChoose,
}: InstructPickerProps) => {
  const t = useT()
  const { document: opened } = useStudio()
  const listId = useId()
  const [list, setList] = useState<{ offer: Offer; index: number } | null>(null)
  const typing = useRef(NOTHING_TYPED)
  const chosenIn = ({ choices }: Offer): number =>
    isMixed ? -1 : choices.findLastIndex((choice) => choice.text === text)
  const ownLabel = (own: string): string =>
    knownInstruct(known, own) ? directionName(t, known, own) : t('instruct.own')
  const label = isMixed ? t('direction.mixed') : text === null ? noneLabel : ownLabel(text)

  const built = (): { offer: Offer; index: number } => {
    const project = opened.store.getState()?.project
    const first: InstructChoice = { key: 'none', label: noneLabel, text: null, latin: '' }
    const groups = instructGroups(t, instructs, project ? recentInstructs(project, RECENTS, isTaken) : [], text)
    const offer = { first, groups, choices: [first, ...groups.flatMap((group) => group.choices)] }
    return { offer, index: Math.max(0, chosenIn(offer)) }
  }
  const close = (): void => {
    typing.current = NOTHING_TYPED
    setList(null)
  }
  const choose = (choice: InstructChoice | undefined): void => {
    close()
    if (choice && (isMixed || choice.text !== text)) onChoose(choice.text)
  }
  /** @returns whether the key was for the list */
  const takeKey = (event: KeyboardEvent): boolean => {
    // Shortcuts of the window work from here, too.
    if (event.ctrlKey || event.metaKey) return false
    if (!list && ['ArrowDown', 'ArrowUp', 'Enter', ' '].includes(event.key)) {
      setList(built())
      return true
    }
    if (isLetter(event)) {
      const { offer, index } = list ?? built()
      const next = typeAhead(offer.choices, index, typing.current, event.key, event.timeStamp)
      typing.current = next.typing
      setList({ offer, index: next.index })
      return true
    }
    if (!list) return false
    const { offer, index } = list
    if (event.key === 'Escape') close()
    else if (event.key === 'Enter' || event.key === ' ' || (event.altKey && event.key === 'ArrowUp'))
      choose(offer.choices[index])
    else {
      const next = choiceAfterKey(event.key, index, offer.choices.length)
      if (next === undefined) return false
      setList({ offer, index: next })
    }
    return true
  }
  return (
    <>
      <button
        type="button"
        role="combobox"
        className={styles.combobox}
        data-testid="instruct-picker"
        aria-label={t('instruct.choose')}
        aria-haspopup="listbox"
        aria-expanded={list !== null}
        aria-controls={list ? listId : undefined}
        aria-activedescendant={list ? `${listId}-${list.index}` : undefined}
        disabled={isDisabled}
        onClick={() => (list ? close() : setList(built()))}
        onBlur={close}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing || !takeKey(event)) return
          event.preventDefault()
          event.stopPropagation()
        }}
      >
        <OneLine>{label}</OneLine>
        <Icon name="down" />
      </button>
      {list &&
        // In front of the panels for those, too, who look for their handles under a pointer by the order of the page.
        createPortal(
          <Popup
            listId={listId}
            offer={list.offer}
            index={list.index}
            chosenIndex={chosenIn(list.offer)}
            onChoose={choose}
            onPoint={(index) => setList({ ...list, index })}
          />,
          document.body,
        )}
    </>
  )
}
