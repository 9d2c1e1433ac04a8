import { createContext, useContext } from "react";

/** A sentence of ours in the words that are usual where it is said. Never for what people or servers wrote. */
export type Say = (text: string) => string;

const Vocabulary = createContext<Say>((text) => text);

export const VocabularyProvider = Vocabulary.Provider;

/** Says sentences as they are, unless something around says them otherwise. */
export function useSay(): Say {
  return useContext(Vocabulary);
}

/** Replaces whole words by others. They are given in lower case; one that begins with a capital letter stays so. */
export function inOtherWords(words: Readonly<Record<string, string>>): Say {
  return (text) =>
    text.replace(/\b[a-z]+\b/gi, (word) => {
      const lower = word.toLowerCase();
      const other = Object.hasOwn(words, lower) ? words[lower] : undefined;
      if (other === undefined) return word;
      return word.startsWith(lower.charAt(0)) ? other : other.charAt(0).toUpperCase() + other.slice(1);
    });
}
