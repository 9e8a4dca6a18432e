import type { ReactNode } from 'react'
import { type ActionId, acceleratorText, findAction } from '../../../shared/actions/index.ts'
import { useT } from '../../state/index.ts'
import { Button, IconButton, type IconName } from '../../ui/index.ts'
import { useIsActionEnabled, useIsMac, useRunAction } from './use-actions.ts'

const useAction = (actionId: ActionId) => {
  const t = useT()
  const isMac = useIsMac()
  const run = useRunAction()
  const isEnabled = useIsActionEnabled(actionId)
  const action = findAction(actionId)
  const [accelerator] = action?.accelerators ?? []
  return {
    label: action ? t(action.labelKey, action.labelParams) : actionId,
    hint: accelerator && acceleratorText(accelerator, isMac),
    isEnabled,
    press: () => run(actionId),
  }
}

type ActionButtonProps = {
  actionId: ActionId
  look?: 'plain' | 'primary' | 'quiet'
  icon?: IconName
  /** In place of the action's own label. */
  children?: ReactNode
}

export const ActionButton = ({ actionId, look = 'plain', icon, children }: ActionButtonProps) => {
  const { label, hint, isEnabled, press } = useAction(actionId)
  return (
    <Button
      look={look}
      {...(icon && { icon })}
      disabled={!isEnabled}
      title={hint ? `${label} (${hint})` : label}
      data-action={actionId}
      onClick={press}
    >
      {children ?? label}
    </Button>
  )
}

type ActionIconProps = { actionId: ActionId; icon: IconName; isPressed?: boolean; label?: string }

export const ActionIcon = ({ actionId, icon, isPressed, label }: ActionIconProps) => {
  const action = useAction(actionId)
  return (
    <IconButton
      label={label ?? action.label}
      icon={icon}
      hint={action.hint}
      disabled={!action.isEnabled}
      aria-pressed={isPressed}
      data-action={actionId}
      onClick={action.press}
    />
  )
}
