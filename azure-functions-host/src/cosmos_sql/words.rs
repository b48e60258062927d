//! The words of a query, before they are understood.

use sqlparser::{
    dialect::Dialect,
    keywords::Keyword,
    tokenizer::{Token, TokenWithSpan, Tokenizer},
};

use super::QueryError;

/// How many operators a query has at most, so that neither reading it nor running it can exhaust the stack.
const MOST_OPERATORS: usize = 400;

/// The words of a query, in the SQL that the parser reads.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) tokens: Vec<TokenWithSpan>,
    /// Whether `VALUE` was among them.
    pub(super) bare: bool,
}

impl Words {
    pub(super) fn read(text: &str) -> Result<Self, QueryError> {
        let mut tokens = Tokenizer::new(&CosmosDialect, text)
            .tokenize_with_location()
            .map_err(|error| QueryError::Syntax(error.to_string()))?;
        refuse(&tokens)?;
        if tokens
            .iter()
            .filter(|token| is_operator(&token.token))
            .count()
            > MOST_OPERATORS
        {
            return Err(QueryError::Unsupported(format!(
                "a query with more than {MOST_OPERATORS} operators"
            )));
        }
        let bare = take_value(&mut tokens);
        Ok(Self { tokens, bare })
    }
}

/// How the texts and names of Cosmos DB's queries are written.
#[derive(Debug)]
pub(super) struct CosmosDialect;

impl Dialect for CosmosDialect {
    fn is_identifier_start(&self, letter: char) -> bool {
        letter.is_alphabetic() || matches!(letter, '_' | '@' | '$')
    }

    fn is_identifier_part(&self, letter: char) -> bool {
        letter.is_alphanumeric() || matches!(letter, '_' | '$')
    }

    /// Quotes of both kinds are for texts.
    fn is_delimited_identifier_start(&self, _letter: char) -> bool {
        false
    }

    fn supports_string_literal_backslash_escape(&self) -> bool {
        true
    }
}

/// Refuses what the parser would take for a mistake, for it is no SQL elsewhere.
fn refuse(tokens: &[TokenWithSpan]) -> Result<(), QueryError> {
    let words: Vec<_> = tokens
        .iter()
        .map(|token| &token.token)
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .collect();
    for (at, token) in words.iter().enumerate() {
        let keyword =
            |token: &Token, word| matches!(token, Token::Word(own) if own.keyword == word);
        let after_dot = at > 0 && words.get(at - 1) == Some(&&Token::Period);
        let what = match token {
            Token::SemiColon if at + 1 < words.len() => "a second statement",
            Token::LBrace => "`{`",
            Token::Question => "`?`",
            Token::Placeholder(_) => "`?`",
            token if after_dot || !matches!(token, Token::Word(_)) => continue,
            token if at > 0 && keyword(token, Keyword::SELECT) => "a subquery",
            token if keyword(token, Keyword::UNION) => "`UNION`",
            token if keyword(token, Keyword::WITH) => "`WITH`",
            token if keyword(token, Keyword::JOIN) => "`JOIN`",
            token if keyword(token, Keyword::EXISTS) => "`EXISTS`",
            token
                if keyword(token, Keyword::FROM)
                    && words
                        .get(at + 2)
                        .is_some_and(|token| keyword(token, Keyword::IN)) =>
            {
                "`FROM … IN`"
            }
            _ => continue,
        };
        return Err(QueryError::Unsupported(what.to_owned()));
    }
    Ok(())
}

/// Takes `VALUE` out of `SELECT [TOP n] VALUE`, which is no SQL elsewhere, and says whether it was there.
fn take_value(tokens: &mut Vec<TokenWithSpan>) -> bool {
    let mut words = tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| !matches!(token.token, Token::Whitespace(_)));
    let keyword = |token: &TokenWithSpan, word| matches!(&token.token, Token::Word(own) if own.keyword == word);
    let mut next = || words.next();
    if !next().is_some_and(|(_, token)| keyword(token, Keyword::SELECT)) {
        return false;
    }
    let mut after = next();
    if after.is_some_and(|(_, token)| keyword(token, Keyword::TOP)) {
        next();
        after = next();
    }
    let Some((at, _)) = after.filter(|(_, token)| keyword(token, Keyword::VALUE)) else {
        return false;
    };
    tokens.remove(at);
    true
}

/// Whether a word can nest one expression in another, other than in parentheses, which the parser counts.
fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(word.keyword, Keyword::AND | Keyword::OR | Keyword::NOT),
        Token::Whitespace(_)
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_)
        | Token::Comma
        | Token::Period
        | Token::LParen
        | Token::RParen
        | Token::RBracket => false,
        _ => true,
    }
}
