import { Monitor, Moon, Sun } from 'lucide-react';
import { useEffect } from 'react';
import { useStored } from './stored.ts';

const themes = ['system', 'light', 'dark'] as const;
const icons = { system: Monitor, light: Sun, dark: Moon } as const;

/** Light, dark or the system's theme, kept in local storage. */
export function useTheme(): { theme: (typeof themes)[number]; next: () => void } {
  const [stored, store] = useStored('theme');
  const theme = themes.find((it) => it === stored) ?? 'system';
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  return { theme, next: () => store(themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system') };
}

export function ThemeToggle({ theme, next }: ReturnType<typeof useTheme>) {
  const Icon = icons[theme];
  return (
    <button
      type="button"
      className="icon-button"
      onClick={next}
      title={`Theme: ${theme}`}
      aria-label={`Theme: ${theme}. Change theme`}
    >
      <Icon size={16} aria-hidden="true" />
    </button>
  );
}
