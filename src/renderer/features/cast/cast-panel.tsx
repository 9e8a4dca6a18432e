import { type FormEvent, useState } from 'react'
import { compareOrder } from '../../../shared/kernel/index.ts'
import { useProject, useStudio, useT } from '../../state/index.ts'
import { Button, TextInput } from '../../ui/index.ts'
import styles from './cast-panel.module.css'
import { CharacterCard } from './character-card.tsx'

/** Who speaks: every character with its colour, voice and default direction. */
export const CastPanel = () => {
  const t = useT()
  const { projectCommands } = useStudio()
  const characters = useProject((project) => project.characters)
  const [name, setName] = useState('')
  const [problem, setProblem] = useState(false)
  const add = (event: FormEvent): void => {
    event.preventDefault()
    const wanted = name.trim()
    const isTaken = [...characters.values()].some((character) => character.name === wanted)
    setProblem(isTaken || wanted === '')
    if (isTaken || wanted === '') return
    projectCommands.addCharacter(wanted)
    setName('')
  }
  return (
    <div className={styles.panel} data-testid="cast-panel">
      <ul className={styles.cast}>
        {[...characters.values()].sort(compareOrder).map((character, index) => (
          <CharacterCard key={character.characterId} character={character} index={index} />
        ))}
      </ul>
      <form className={styles.add} onSubmit={add}>
        <TextInput
          aria-label={t('cast.add.name')}
          aria-invalid={problem}
          placeholder={t('cast.add.name')}
          maxLength={200}
          value={name}
          onChange={(event) => {
            setName(event.target.value)
            setProblem(false)
          }}
        />
        <Button type="submit" icon="plus">
          {t('cast.add')}
        </Button>
      </form>
      {problem && (
        <p className={styles.problem} role="alert">
          {t('cast.nameTaken')}
        </p>
      )}
    </div>
  )
}
