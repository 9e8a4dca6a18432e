import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'
import styles from './button.module.css'
import { classes } from './classes.ts'
import { Icon, type IconName } from './icon.tsx'

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: 'plain' | 'primary' | 'quiet' | 'link'
  icon?: IconName
  children?: ReactNode
  ref?: Ref<HTMLButtonElement>
}

export const Button = ({ look = 'plain', icon, children, className, ...rest }: ButtonProps) => (
  <button type="button" className={classes(styles.button, styles[look], className)} {...rest}>
    {icon && <Icon name={icon} />}
    {children}
  </button>
)

/** A button that shows only a picture; its label is its name and its tooltip. */
export const IconButton = ({
  label,
  icon,
  className,
  hint,
  ...rest
}: Omit<ButtonProps, 'children' | 'icon'> & { label: string; icon: IconName; hint?: string | undefined }) => (
  <Button
    look="quiet"
    className={classes(styles.icon, className)}
    aria-label={label}
    title={hint ? `${label} (${hint})` : label}
    icon={icon}
    {...rest}
  />
)
